//go:build !linux && !darwin

package setup

// freeDisk does not know on this system.
func freeDisk(string) (free uint64, known bool, err error) { return 0, false, nil }
