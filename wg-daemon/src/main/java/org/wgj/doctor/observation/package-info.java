// SPDX-License-Identifier: Apache-2.0
/**
 * The observations, as immutable values, and conclusions from these values alone. Code that reads
 * files, asks the kernel or judges does not belong here.
 */
package org.wgj.doctor.observation;
