// SPDX-License-Identifier: Apache-2.0
/** The end of objects that have several parts to close. */
package org.wgj.tunnel.closing;
