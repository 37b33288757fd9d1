// Package crash enumerates the moments at which a program can die and builds
// what the disk holds afterwards.
//
// A Recorder follows processes and writes down, in one order, every operation
// (Op) on the files of the watched folders, one folder a side. A Disk is a
// folder as its processes see it and as the platter would have it. Points
// replays a record and visits every point: a side, an operation, a way to die
// (Cut); each point has the images of all sides, to be opened and gone on with.
//
// What the model covers, and what not, stands in DESIGN.md.
package crash
