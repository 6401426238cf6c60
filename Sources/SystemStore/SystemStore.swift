// SystemStore
