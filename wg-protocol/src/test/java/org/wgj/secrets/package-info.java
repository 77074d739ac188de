// SPDX-License-Identifier: Apache-2.0
/**
 * The search for keys in the memory of a process, for tests of all modules. Nothing here knows the
 * searched program.
 */
package org.wgj.secrets;
