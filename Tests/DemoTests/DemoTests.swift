// DemoTests
