// Package synth invents people, so that no real list is ever needed: Members
// that look like those of Vietnamese unions, the Workload of the benchmarks,
// and the two spreadsheets of the demonstration (DemoList) with the Cast, the
// people its story is about.
//
// Everything follows from a seed; no clock is read, and the year is 2026 for
// ever. Names come by the shares counted in large public samples, ages and
// genders by the wage survey of 2022 (60 % women, 35 years on average),
// citizens' numbers have a real province of birth and the right digits for
// gender and year, and addresses are communes in force. Any likeness to a
// living person's number is chance.
package synth

//go:generate go run ./gendemo ../../assets/demo
