package doctor

// Checks is everything that is looked for, in the order in which a person would: which Go, from where, with what
// settings, in which project, with which tools.
func Checks() []Check {
	return []Check{
		{"anchor-broken", Quick, anchorBroken},
		{"path-go-first", Quick, pathGoFirst},
		{"path-order", Quick, pathOrder},
		{"hook-missing", Quick, hookMissing},
		{"path-stale", Quick, pathStale},
		{"goroot-env", Quick, gorootEnv},
		{"name-shadowed", Quick, nameShadowed},
		{"managers-leftover", Quick, managersLeftover},
		{"context-bare", Quick, contextBare},
		{"goenv-conflict", Quick, goenvConflict},
		{"gosumdb-off", Quick, gosumdbOff},
		{"gosumdb-invalid", Quick, gosumdbInvalid},
		{"goprivate-leak", Quick, goprivateLeak},
		{"gotoolchain-switch", Quick, gotoolchainSwitch},
		{"pin-missing", Quick, pinMissing},
		{"pin-drift", Quick, pinDrift},
		{"goroot-mismatch", Quick, gorootMismatch},
		{"goroot-modified", Quick, gorootModified},
		{"goproxy-unreachable", Network, goproxyUnreachable},
		{"gosumdb-unreachable", Network, gosumdbUnreachable},
		{"gopath-goroot", Quick, gopathGoroot},
		{"gopath-legacy", Quick, gopathLegacy},
		{"gosum-incomplete", Quick, gosumIncomplete},
		{"modules-resolve", Network, modulesResolve},
		{"gobin-path", Quick, gobinPath},
		{"gobin-shadow", Quick, gobinShadow},
		{"gobin-writable", Quick, gobinWritable},
		{"tools-stale", Quick, toolsStale},
		{"store-leftover", Quick, storeLeftover},
		{"store-permissions", Quick, storePermissions},
		{"platform", Quick, platformTrouble},
	}
}
