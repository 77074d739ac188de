// SPDX-License-Identifier: Apache-2.0
/**
 * The network stack as a program of its own uses it, with dependencies missing. Nothing here may
 * use a class that the module does not export.
 */
package org.wgj.portable;
