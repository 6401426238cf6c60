/// Whoever tests against a vendor's server has its clock and JSON at hand.
@_exported import Vault
@_exported import Web
