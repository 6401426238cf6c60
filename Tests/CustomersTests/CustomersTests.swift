// CustomersTests
