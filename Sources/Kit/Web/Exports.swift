/// A controller imports `Web` and has requests, responses and header names at hand.
@_exported import HTTPTypes
@_exported import Hummingbird
@_exported import HummingbirdCore

@_exported import protocol Mustache.MustacheParent
