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
// register is memstore; in the real one both are SQLite files (file, folder)
// and messages go through the encoding. Play and oracle know a machine and a
// ground, and speak of writers by world-wide numbers; each file has its own.
// The scripts of even seeds are the same in both; odd ones of the real gear
// have what befalls files alone: other programs, sudden ends, spoilt bits.
//
// A script that breaks an invariant is made as short as it gets, and told step
// by step.
package sim
