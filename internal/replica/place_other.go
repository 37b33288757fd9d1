//go:build !linux && !windows

package replica

func onNetwork(string) bool { return false }
