package server

import "dongbo/internal/fault"

// The codes of refusals, as they stand in logs. Append-only.
const (
	codeSchemaUnknown   = string(fault.RefusedSchema)
	codeInvalid         = string(fault.RefusedInvalid)
	codeTooLarge        = string(fault.RefusedTooLarge)
	codeRowUnknown      = string(fault.RefusedRowUnknown)
	codeRowExists       = string(fault.RefusedRowExists)
	codeCreationRefused = string(fault.RefusedCreation)
	codePosted          = string(fault.RefusedPosted)
	codeValueType       = string(fault.RefusedValue)
	codeHeadsFull       = string(fault.RefusedHeads)
	codeUnitUnknown     = string(fault.RefusedUnitUnknown)
	codeUnitRoot        = string(fault.RefusedUnitRoot)
	codeUnitCycle       = string(fault.RefusedUnitCycle)
	codeUnitProvince    = string(fault.RefusedUnitProvince)
	codeLogUnknown      = string(fault.RefusedLogUnknown)
	codeLogMixed        = string(fault.RefusedLogMixed)
	codeTransferStep    = string(fault.RefusedTransferStep)
	codeTransferClosed  = string(fault.RefusedTransferClosed)
	codeTransferOpen    = string(fault.RefusedTransferOpen)
	codeTransferMember  = string(fault.RefusedTransferMember)
	codeTransferUnit    = string(fault.RefusedTransferUnit)
	codeTransferReason  = string(fault.RefusedTransferReason)
	codeMandateUnit     = string(fault.RefusedMandateUnit)
	codeMandateTable    = string(fault.RefusedMandateTable)
	codeMandatePerson   = string(fault.RefusedMandatePerson)
	codeSameSelf        = string(fault.RefusedSameSelf)
	codeSameCircle      = string(fault.RefusedSameCircle)
	codeWaits           = string(fault.RefusedWaits)
)
