package server

var UnitByCode = unitByCode

func (s *Server) SweepSpools() { s.spools.sweep(s.now()) }

// StubID is stubID.
var StubID = stubID
