// EyesTests
