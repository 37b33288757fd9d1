package viet

// Flaw is what is wrong with a typed value. The text is a permanent code;
// sentences for people are made from it elsewhere.
type Flaw string

// Error gives the code itself: people are shown a sentence made from it.
func (f Flaw) Error() string { return string(f) }

// Flaws that mean the value cannot be read.
const (
	FlawEmpty      Flaw = "empty"
	FlawScientific Flaw = "digits_lost" // 1.23457E+11: the digits are gone for good
	FlawLength     Flaw = "wrong_length"
	FlawNotNumber  Flaw = "not_a_number"
	FlawFraction   Flaw = "has_fraction" // money has no part of a đồng
	FlawRange      Flaw = "out_of_range"
	FlawNotDate    Flaw = "not_a_date"
	FlawNoSuchDay  Flaw = "no_such_day"
	FlawUnknown    Flaw = "unknown_word"
)

// Flaws that are only remarks: the value is kept.
const (
	FlawPassport   Flaw = "looks_like_passport"
	FlawOldID      Flaw = "old_identity_card" // nine digits, not valid since 2025
	FlawProvince   Flaw = "unknown_province"
	FlawGender     Flaw = "gender_differs"
	FlawBirthYear  Flaw = "birth_year_differs"
	FlawForeign    Flaw = "foreign_phone"
	FlawOddPhone   Flaw = "odd_phone"
	FlawLandline   Flaw = "landline"
	FlawOddLetters Flaw = "odd_letters"
)
