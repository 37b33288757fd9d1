// Package sheet brings spreadsheets in and out. It reads lists of members as
// offices really send them (.xlsx, .csv) and writes tables and the faulty rows
// of an import back.
//
// The nouns:
//
//   - book: one opened file and the sheet in it that holds the list, with its
//     columns and what each of them means.
//   - grid: the cells of that sheet as text, with what number format and font
//     told about them. Reading a grid is bounded in rows, cells and bytes.
//   - header: the one or two rows that name the columns; titles stand above it.
//   - part: how a column carries its field: whole, family and middle names
//     only, an x for "female" …
//   - target: where a table is written, and the password that protects it.
//   - record, repair, problem: see package union. Making text NFC is always
//     done; every other mending is a repair that the caller must want.
//
// Workbooks are written with excelize but read by a reader of our own: the
// library makes room for every cell up to the last one used, so that one
// stray cell at XFD1048576 costs gigabytes.
package sheet
