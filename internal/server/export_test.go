package server

var (
	UnitByCode = unitByCode
	ExpandSeen = expandSeen
)

// StubID is stubID.
var StubID = stubID
