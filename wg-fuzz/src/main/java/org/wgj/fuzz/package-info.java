// SPDX-License-Identifier: Apache-2.0
/**
 * Makes tests of fuzz targets: kept inputs are replayed, then Jazzer looks for new ones.
 *
 * <p>The targets themselves, and the inputs that are kept, belong in the tests of the modules.
 */
package org.wgj.fuzz;
