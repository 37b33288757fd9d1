package server

var (
	UnitByCode = unitByCode
	ExpandSeen = expandSeen
)
