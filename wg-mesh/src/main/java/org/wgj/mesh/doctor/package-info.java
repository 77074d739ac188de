// SPDX-License-Identifier: Apache-2.0
/**
 * Finds faults of a whole mesh: in a folder with the files of its nodes, and in the state of a
 * running one. Pure: values come in, verdicts go out. Collecting the values and printing the
 * verdicts belongs to the program.
 */
package org.wgj.mesh.doctor;
