// SPDX-License-Identifier: Apache-2.0
/**
 * Models how workers scale over processors, from measured costs.
 *
 * <p>A model says that it is one; measurements belong in the other packages.
 */
package org.wgj.benchmarks.model;
