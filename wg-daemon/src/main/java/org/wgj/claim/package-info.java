// SPDX-License-Identifier: Apache-2.0
/** Tells the processes of one user which of them runs a tunnel with which key. */
package org.wgj.claim;
