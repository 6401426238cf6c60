import Customers

/// The counts stored with a run; the component of the same name in the page kit only shows them.
typealias ConsentTally = ConsentCounts
