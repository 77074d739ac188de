// SPDX-License-Identifier: Apache-2.0
/**
 * What {@code wgj demo} shows without root: two processes with a tunnel between them, and what goes
 * through it. The commands themselves belong in {@code org.wgj.cli}.
 */
package org.wgj.demo;
