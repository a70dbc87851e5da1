package doctor

// Checks is everything that is looked for, in the order in which a person would: which Go, from where, with what
// settings, in which project, with which tools.
func Checks() []Check {
	return []Check{
		{"anchor-broken", Quick, anchorBroken},
		{"gobin-path", Quick, gobinPath},
		{"gobin-shadow", Quick, gobinShadow},
		{"gobin-writable", Quick, gobinWritable},
		{"tools-stale", Quick, toolsStale},
	}
}
