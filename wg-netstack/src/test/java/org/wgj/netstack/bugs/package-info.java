// SPDX-License-Identifier: Apache-2.0
/**
 * One test for each bug that other stacks in user space had, named by what must hold. Bugs that a
 * unit test of one class covers have theirs beside that class.
 */
package org.wgj.netstack.bugs;
