package main

import "syscall"

func limitData(bytes uint64) {
	// Where it cannot be set the watch remains.
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: bytes, Max: bytes})
}
