"""From the files of one sample, or of many, to estimates: readers, assembly and fit, one after the other."""
