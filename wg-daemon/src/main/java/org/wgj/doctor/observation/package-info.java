// SPDX-License-Identifier: Apache-2.0
/**
 * What was observed, as immutable values, and what follows from these values alone. Nothing that
 * reads files, asks the kernel or judges belongs here.
 */
package org.wgj.doctor.observation;
