// Package wire is the one encoding that agent, server and bundle speak.
package wire
