package platform

// omitTime stands for a time that is left as it is: UTIME_OMIT of sys/stat.h, which x/sys lacks.
const omitTime = -2
