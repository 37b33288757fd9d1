package wire

// The models of what all messages share. Those of one message's own fields are
// named by the message's kind, see Kind.key.
const (
	keyTable key = iota + 64
	keyCreates
	keyBirth
	keyBirthDot
	keyBirthPlace
	keyRowID
	keySet
	keySetLen
	keyShape
	keyShapeReg
	keyShapeVals
	keySeen
	keySeenOwn
	keySeenDot

	keyChangeDot
	keyChangePerson
	keyChangeAt
	keyChangeLog
	keyChangeRead
	keyChangeGroup
	keyChangeSchema
	keyChangeRows

	keyCursor
	keyWriterState
	keyDigest
	keyRefusal
	keyNewWriter
	keyAgain
	keyErased
)

// key names the n-th field of the message.
func (k Kind) key(n int) key { return key(k).of(n) }
