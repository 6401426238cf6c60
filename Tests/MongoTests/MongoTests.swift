// MongoTests
