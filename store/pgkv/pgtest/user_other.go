//go:build !unix

package pgtest

import "syscall"

func give(string) error { return nil }

func unprivileged() *syscall.SysProcAttr { return nil }
