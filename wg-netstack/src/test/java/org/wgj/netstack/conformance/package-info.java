// SPDX-License-Identifier: Apache-2.0
/**
 * What TCP must answer to which segment in which state, as data in the tests' resources, and the
 * interpreter that plays it through packets. No rule is written in Java here.
 */
package org.wgj.netstack.conformance;
