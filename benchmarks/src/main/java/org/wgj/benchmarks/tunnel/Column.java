package org.wgj.benchmarks.tunnel;

/** Of what it is measured. */
interface Column {
    /** Its name in parameters and reports. */
    String label();
}
