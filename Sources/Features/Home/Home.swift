// Home
