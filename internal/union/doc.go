// Package union is the work of the officers, without storage and without
// screens: what a list of members means for the register, and later dues,
// welfare, periods and money.
//
// The nouns of an import:
//
//   - record: one person as one row of a list gives it, its values canonical.
//   - repair: a better value that somebody may accept; problem: what is wrong
//     or doubtful with a value.
//   - existing: the register as the plan may ask it.
//   - plan: for each record one decision, New, Update, Same,
//     PossibleDuplicate or Error. A plan changes nothing; whoever made it shows
//     it first, and applies it one change a row.
package union
