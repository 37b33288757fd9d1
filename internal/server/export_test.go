package server

var (
	UnitByCode = unitByCode
	ExpandSeen = expandSeen
)

func (s *Server) SweepSpools() { s.spools.sweep(s.now()) }

// StubID is stubID.
var StubID = stubID
