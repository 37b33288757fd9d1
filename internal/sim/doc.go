// Package sim runs whole histories of the sync: offices that write with no
// line, lines that break, disks that are copied and restored, people who move
// members and end mandates, a server that starts anew. The server, the agent's
// conversation, merge and what an edit becomes are the real code; network,
// disks, clocks and people are seeded fakes.
//
// A Script is what happens: a list of Steps, drawn from a seed. A world plays
// it. The oracle knows, without asking the engine, which values whose author
// had been shown when he wrote, and holds every state against that. At the end
// faults stop, and everything must drain without an operator.
//
// Two gears: in the pure one offices are maps in memory (desk) and the
// register is memstore; in the real one both are SQLite files and messages go
// through the encoding. The same scripts run in both.
//
// A script that breaks an invariant is made as short as it gets, and told step
// by step.
package sim
