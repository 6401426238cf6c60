#ifndef OMNIFY_CXGBOOST_SHIM_H
#define OMNIFY_CXGBOOST_SHIM_H

#include <xgboost/c_api.h>

#endif
