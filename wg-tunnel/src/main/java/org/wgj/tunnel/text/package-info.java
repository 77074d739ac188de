// SPDX-License-Identifier: Apache-2.0
/** Text as bytes that can be wiped, and numbers in it. Nothing here knows what a text means. */
package org.wgj.tunnel.text;
