// SPDX-License-Identifier: Apache-2.0
/**
 * The jcstress tests of what the threads of wg-crypto share. A test here states the outcomes that
 * are allowed; code that measures belongs in the other packages of this module.
 */
package org.wgj.benchmarks.stress;
