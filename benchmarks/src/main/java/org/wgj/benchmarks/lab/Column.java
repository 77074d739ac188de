package org.wgj.benchmarks.lab;

/** Of what it is measured. */
public interface Column {
    /** Its name in parameters and reports. */
    String label();
}
