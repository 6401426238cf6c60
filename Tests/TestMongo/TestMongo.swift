// TestMongo
