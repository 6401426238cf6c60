// BSONTests
