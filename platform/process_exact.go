//go:build !darwin && !windows && !openbsd

package platform

// foldPaths tells whether paths that differ by case alone usually are one.
const foldPaths = false
