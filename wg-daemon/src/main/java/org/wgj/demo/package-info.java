// SPDX-License-Identifier: Apache-2.0
/**
 * The part of {@code wgj demo} that needs no root: two processes with a tunnel between them, and
 * the traffic in it. The commands themselves belong in {@code org.wgj.cli}.
 */
package org.wgj.demo;
