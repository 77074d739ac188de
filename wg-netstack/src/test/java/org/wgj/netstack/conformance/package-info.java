// SPDX-License-Identifier: Apache-2.0
/**
 * The required answers of TCP to each segment in each state, as data in the tests' resources, and
 * the interpreter that plays it through packets. No rule is written in Java here.
 */
package org.wgj.netstack.conformance;
