// PlatformsTests
