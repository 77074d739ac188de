// SPDX-License-Identifier: Apache-2.0
/**
 * The programs' log on standard error: the back end of SLF4J, with lines for people, for journald
 * or as JSON. The decision to log something does not belong here.
 */
package org.wgj.log;
