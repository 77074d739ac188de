// SPDX-License-Identifier: Apache-2.0
/**
 * Two stacks over a bad link, driven at random: what one side writes the other side reads, and
 * nothing is left behind. Single cases with exact packets belong in the conformance tests.
 */
package org.wgj.netstack.twins;
